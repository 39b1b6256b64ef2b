"""Stand-in for alignments."""


class JoinAlignment:
    def __init__(self, on_cols, mode=None):
        self.on_cols = on_cols


class ExactJoin(JoinAlignment):
    pass
