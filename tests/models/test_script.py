"""Scripts by their letters."""

from __future__ import annotations

import pytest

from models.script import script_of


@pytest.mark.parametrize(
    ("text", "script"),
    [
        ("Where is it?", "Latn"), ("Gdzie jest moja paczka? żółć", "Latn"), ("Где мой заказ", "Cyrl"),
        ("أين طلبي", "Arab"), ("我的包裹到哪了", "Hani"), ("注文した商品が届きません", "Jpan"),
        ("내 주문 어디", "Kore"),
        ("ที่ไหน", "Thai"), ("Πού είναι", "Grek"), ("איפה ההזמנה", "Hebr"), ("मेरा ऑर्डर", "Deva"),
        ("12345 !!! 😀", "Zyyy"), ("", "Zyyy"),
        ("iPhone 15 Pro 的屏幕碎了怎么办呢我想要退货退款谢谢", "Hani"),
        ("我想買這個の包包，請問還有貨嗎，什麼時候可以寄出", "Hani"),
    ],
)  # fmt: skip
def test_script(text: str, script: str) -> None:
    assert script_of(text) == script
