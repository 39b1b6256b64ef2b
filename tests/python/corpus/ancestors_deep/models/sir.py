import district.health.reports.weekly

RATE = district.health.reports.weekly.RATE
