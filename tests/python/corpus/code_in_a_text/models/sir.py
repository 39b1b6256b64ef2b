NAME = 'rates'
exec('from models import ' + NAME)
