"""What tells who wrote a text to somebody who knows them: of a report nothing of it is left.

By its looks, for nothing here is known of the person. Dates, amounts, codes with letters and
the numbers on goods stay: without them a report says nothing.
"""

import re

from agency.core.names import parts_of
from agency.core.text import ALONE, ENDS, FOLDED, HIDDEN

ID = "[A-Za-z0-9][A-Za-z0-9_.-]{3,}"
LABEL = r"(?:[\s:：=]|号码?|账号|帐号|编号|昵称|[Ii][Dd]|是|为){0,3}"
STREET = "(?:号|室|楼|幢|栋|单元|小区|村|胡同|弄|苑|公寓|大厦)"
SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段钱汤尹黎武乔贺赖龚文"

TRACES = [
    re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,64}){1,5}", re.ASCII),
    re.compile(  # where else one is found
        rf"(?i:微信|薇信|威信|weixin|wechat|(?<![a-z])[vw]x|qq|扣扣|钉钉|抖音|快手|微博|小红书|支付宝|淘宝|旺旺|闲鱼)"
        rf"{LABEL}(?P<told>{ID})"
    ),
    re.compile(  # what the merchant looks up
        rf"(?:订单|运单|快递|物流|交易|流水|小票|会员|积分|银行|储值|卡|账户|账|帐|车牌|工|单)(?:单?号码?|编号)"
        rf"[\s:：是为]{{0,3}}(?P<told>{ID})"
    ),
    re.compile(
        rf"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-HJ-NP-Z][·•.\s-]?"
        rf"[A-HJ-NP-Z0-9]{{4,5}}[A-HJ-NP-Z0-9学警港澳挂]{ENDS}"
    ),
    re.compile(  # neither a day nor a sum, nor of the goods
        rf"(?<![准字第备证码批])(?<![.,¥￥]){ALONE}(?!(?:19|20)[0-9]{{2}}[01][0-9][0-3][0-9]{ENDS})"
        rf"(?!69[0-9]{{11}}{ENDS})[0-9]{{8,}}{ENDS}(?![.,][0-9]|\s?[元块万亿件个])"
    ),
    re.compile(r"(?:尾号|末四位|后四位|尾数)[\s:：是为]{0,3}(?P<told>[0-9]{2,6})"),
    re.compile(r"(?:我叫|本人叫|名叫|我的名字[叫是])\s?(?P<told>[一-鿿·]{2,4})(?![一-鿿])"),
    re.compile(
        rf"(?:我是|本人是?|(?:姓名|举报人|联系人|署名|落款)[:：是为]\s?)(?P<told>[{SURNAMES}][一-鿿]{{1,3}})(?![一-鿿])"
    ),
    re.compile(
        rf"(?:(?:我|本人|家)住(?:在|于|址)?|现住|住址|家庭地址|联系地址|住在|我家在|(?<![一-鿿])住)[\s:：是为]{{0,2}}"
        rf"(?P<told>[^，。；！？、,;!?\n]{{1,40}}?{STREET}(?:[0-9A-Za-z-]{{1,8}}|院|{STREET})*)"
    ),
]  # fmt: skip
"""``told`` is what goes; without such a group all of it."""


def mask_traces(text: str, *names: str) -> str:
    """``text`` without addresses of the net, accounts, numbers of orders, plates, who says who
    they are, and what is left of ``names``.
    """
    for pattern in (part for name in names for part in parts_of(name)):
        text = re.sub(pattern, HIDDEN, text, flags=re.IGNORECASE)
    for pattern in TRACES:
        group = "told" if "told" in pattern.groupindex else 0
        parts, end = [], 0
        for found in pattern.finditer(text.translate(FOLDED)):
            parts += text[end : found.start(group)], HIDDEN
            end = found.end(group)
        text = "".join([*parts, text[end:]])
    return text
