from models import steps
