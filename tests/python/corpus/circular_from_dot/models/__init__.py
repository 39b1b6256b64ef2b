from . import sir
