import os

__path__.append("vendor/parts")
__path__ += [os.path.join(os.path.dirname(__file__), "more")]
