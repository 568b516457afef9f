from datetime import date


def weeks_waited(referred: date, today: date, treated: date | None = None) -> int:
    """Whole weeks between a referral and its treatment, or today if there was none yet.

    Raises ValueError where the treatment comes before the referral.
    """
    end = treated if treated is not None else today
    if end < referred:
        raise ValueError(f"treatment on {end} comes before referral on {referred}")
    return (end - referred).days // 7
