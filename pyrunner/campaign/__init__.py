"""Campaigns: what is asked, what is planned, in which order it runs."""

from pyrunner.campaign.plan import Planned, plan_campaign
from pyrunner.campaign.request import Request
from pyrunner.campaign.store import Campaign, load_campaign

__all__ = ["Campaign", "Planned", "Request", "load_campaign", "plan_campaign"]
