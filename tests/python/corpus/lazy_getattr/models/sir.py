import parts


def run():
    return parts.heavy, parts.light
