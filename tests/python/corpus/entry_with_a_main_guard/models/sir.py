from .steps import step

if __name__ == '__main__':
    from .plots import draw

    draw(step)
