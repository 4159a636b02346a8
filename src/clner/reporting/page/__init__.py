"""The page: one file of HTML that holds all it shows, for any browser, without a network."""
