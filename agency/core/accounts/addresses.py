"""From where somebody asks: the network address, and the browser in a word or two."""

import ipaddress
import re

from django.conf import settings

BROWSERS = (
    ("MicroMessenger", "微信"),
    ("wxwork", "企业微信"),
    ("DingTalk", "钉钉"),
    ("Edg", "Edge"),
    ("QQBrowser", "QQ浏览器"),
    ("360", "360"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
SYSTEMS = (
    ("HarmonyOS", "HarmonyOS"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Kylin", "麒麟"),
    ("UOS", "统信"),
    ("Linux", "Linux"),
)
"""What a browser says of itself, in the order in which it is asked, and its name."""


def address_of(request) -> str:
    """The address of who asks; a stranger's word for it is not taken.

    X-Forwarded-For counts where proxies of ours stand in front (settings.PROXIES), and of it only
    what they have written: so many entries from the right. What stands before anybody can send.
    """
    told = request.headers.get("X-Forwarded-For", "").split(",")[-settings.PROXIES :]
    if settings.PROXIES and len(told) == settings.PROXIES and (address := _valid(told[0])):
        return address
    return _valid(request.META.get("REMOTE_ADDR", "")) or "-"


def _valid(told: str) -> str:
    try:
        return str(ipaddress.ip_address(told.strip()))
    except ValueError:
        return ""


def network_of(address: str) -> str:
    """Whom tries are counted for: of IPv6 the network, for one house has all the addresses in it."""
    if ":" not in address:
        return address
    return str(ipaddress.ip_network(f"{address}/64", strict=False))


def browser_of(request) -> str:
    """For its owner to know it again: "Chrome · Windows"."""
    agent = request.headers.get("User-Agent", "")
    names = (
        next((name for sign, name in table if re.search(sign, agent, re.I)), "")
        for table in (BROWSERS, SYSTEMS)
    )
    return " · ".join(filter(None, names))
