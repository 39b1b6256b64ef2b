try:
    import models.compiled_steps as steps
except ImportError:
    from . import plain_steps as steps

try:
    from .kernels import fast as kernel
except (ImportError, AttributeError):
    kernel = None
else:
    from . import kernel_checks
finally:
    from . import clean_up
