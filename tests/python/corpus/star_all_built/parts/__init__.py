from .extra import __all__ as _more

__all__ = ['growth'] + ['decay']
__all__ += ['waning']
