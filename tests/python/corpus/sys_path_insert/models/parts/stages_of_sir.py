import fast_steps
