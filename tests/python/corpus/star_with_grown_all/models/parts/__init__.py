__all__ = ["births"]
__all__ += ["deaths"]
__all__.extend(["ageing"])
__all__.append("moving")
__all__.insert(0, "waning")
