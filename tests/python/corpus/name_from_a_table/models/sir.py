import parts


def run():
    return parts.heavy
