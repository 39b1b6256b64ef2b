import pkgutil

AGES = pkgutil.get_data('district', 'tables/ages.csv')
OWN = pkgutil.get_data(__package__, 'defaults.json')
BESIDE = pkgutil.get_data(__name__, 'stages.txt')
