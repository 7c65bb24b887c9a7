"""Several audits of one tool on the same items: averaged with the covariance that shared items bring, and whether they differ."""
