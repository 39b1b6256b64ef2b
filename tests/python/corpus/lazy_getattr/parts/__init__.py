def __getattr__(name):
    if name == "heavy":
        from .heavy_part import heavy

        return heavy
    if name == "light":
        import importlib

        return importlib.import_module(".light", __name__)
    raise AttributeError(name)
