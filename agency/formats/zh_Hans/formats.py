"""Dates and moments on the pages for settings and upkeep; sweeps are judged by the second."""

DATE_FORMAT = "Y-m-d"
DATETIME_FORMAT = "Y-m-d H:i:s"
DATE_INPUT_FORMATS = ["%Y-%m-%d", "%Y/%m/%d"]
