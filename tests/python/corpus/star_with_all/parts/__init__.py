__all__ = ['growth', 'decay', 'SCALE']

SCALE = 2
