def run():
    from .solver import solve

    def inner():
        import models.inner_part

        return models.inner_part

    inner()
    Model().table()
    return solve(), (lambda: __import__("models.by_lambda", fromlist=["x"]))()


class Model:
    from .in_class import SCALE

    def table(self):
        from .tables import rows as of_model

        return of_model
