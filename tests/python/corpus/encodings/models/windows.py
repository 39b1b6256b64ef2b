from . import \
    tabbed
