"""Weeks waited from referral to treatment."""

from .weeks import weeks_waited

__all__ = ["weeks_waited"]
