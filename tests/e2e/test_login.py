"""The way in, with the keyboard alone: the phone is set up once, and asked for ever after."""

import base64

import pytest
from django_otp.oath import TOTP
from playwright.sync_api import expect

from agency.core import clock
from agency.core.models import User
from tests.e2e.conftest import PASSWORD

pytestmark = pytest.mark.django_db(transaction=True)
PHONE = {"width": 390, "height": 844}


def give_password(page, username: str) -> None:
    page.goto("/login/")
    expect(page.locator("input[name=username]")).to_be_focused()  # else the first key is lost
    page.keyboard.type(username)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")


def shows(secret: str, *, steps: int = 0) -> str:
    totp = TOTP(base64.b32decode(secret.replace(" ", "")))
    totp.time = clock.now().timestamp() + 30 * steps
    return f"{totp.token():06d}"


@pytest.mark.parametrize("viewport", [{"width": 1366, "height": 768}, PHONE])
def test_a_phone_is_set_up_and_then_asked_for(agency, browser_page, settings, viewport):
    settings.SECOND_FACTOR = True
    agency.mediator.set_password(PASSWORD)
    agency.mediator.save()
    page = browser_page(None, viewport=viewport)

    give_password(page, "mediator")
    expect(page.locator(".qr")).to_be_visible()
    assert page.locator(".qr").evaluate("picture => picture.naturalWidth") > 100
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    secret = page.locator(".secret").text_content()
    page.keyboard.type(shows(secret))
    page.keyboard.press("Enter")
    expect(page.locator(".codes li")).to_have_count(10)
    page.get_by_role("link", name="已经保管好").press("Enter")
    page.wait_for_url("**/admin/")

    again = browser_page(None, viewport=viewport)
    give_password(again, "mediator")
    expect(again.locator("#id_code")).to_be_focused()
    again.keyboard.type("000000")
    again.keyboard.press("Enter")
    expect(again.get_by_role("alert")).to_contain_text("验证码不正确")
    again.keyboard.type(shows(secret, steps=1))
    again.keyboard.press("Enter")
    again.wait_for_url("**/admin/")
    assert User.objects.get(username="mediator").sessions.count() == 2
