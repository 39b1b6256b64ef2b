import parts.deep.leaf as leaf, parts.other
from parts.deep import (leaf as again,
                        twig,
                        )
from . \
    import beside
from .beside import *; from .last import *
from .     import spaced
if leaf: import parts.inline
for _ in (1,): from parts import in_loop
while True:
    import parts.in_while
    break
with open(__file__) as _file: import parts.in_with
try: import parts.absent
except (ImportError, ValueError) as error: import parts.in_except
def run(x=__import__("parts.in_default")): return [__import__("parts.in_list") for _ in (1,)]
class Holder:
    class Inner:
        import parts.in_inner
    @staticmethod
    def go():
        global parts
        import parts.in_static
@(lambda f: __import__("parts.in_decorator") and f)
def decorated(): pass
async def later():
    import parts.in_async
assert __import__("parts.in_assert")
