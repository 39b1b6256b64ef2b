"""The district that is modelled: who lives there, whom they meet, and how its weeks are counted. No model is in here."""
