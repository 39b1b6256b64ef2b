from district import COUNTRY
