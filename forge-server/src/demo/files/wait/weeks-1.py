from datetime import date


def weeks_waited(referred: date, today: date) -> int:
    """Whole weeks between a referral and today."""
    return (today - referred).days // 7
