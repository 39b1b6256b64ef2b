AGES = ()
