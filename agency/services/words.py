"""What ./run says at the terminal, in its language: Chinese where its locale is, else English.

Without Django and its catalogue: these words are said before there is any.
"""

import os

CHINESE = {
    "Preparing the database …": "正在准备数据库……",
    "The database could not be prepared: {why} (see {log})": "数据库未能准备好：{why}（详见 {log}）",
    "it wrote nothing": "没有留下任何说明",
    "Another ./run is using {path}; stop it first, or choose another folder with --var.": (
        "另一个 ./run 正在使用 {path}；请先停止它，或用 --var 另选一个目录。"
    ),
    "Another program has been starting on {path} for two minutes.": (
        "另一个程序已在 {path} 上启动了两分钟，仍未就绪。"
    ),
    "Port {port} is taken; stop what listens there, or choose another with --port.": (
        "端口 {port} 已被占用；请停止占用它的程序，或用 --port 另选一个。"
    ),
    "Port {port} is not open to this user; choose one from 1024 with --port.": (
        "当前用户不能使用端口 {port}；请用 --port 选一个 1024 以上的端口。"
    ),
    "No free port was found between 20000 and 32000.": "20000 至 32000 之间没有空闲端口。",
    "{path} cannot be used: it is no folder.": "{path} 无法使用：它不是目录。",
    "The folder {path} cannot be used: {why}.": "目录 {path} 无法使用：{why}。",
    "{path} cannot be used: {why}.": "{path} 无法使用：{why}。",
    "The agency": "本系统",
    "Permission denied": "没有权限",
    "No such file or directory": "不存在",
    "Read-only file system": "文件系统只读",
    "No space left on device": "磁盘空间已满",
    "{program} ended ({how}) and is started again in {delay} s: see {log}": (
        "{program} 已退出（{how}），{delay} 秒后重新启动；详见 {log}"
    ),
    "status {code}": "状态码 {code}",
    "signal {code}": "信号 {code}",
    "{program} did not start: {why} (see {log})": "{program} 未能启动：{why}（详见 {log}）",
    "PostgreSQL does not run as root, and there is neither a user postgres nor nobody.": (
        "PostgreSQL 不能以 root 身份运行，而系统里既没有用户 postgres，也没有 nobody。"
    ),
    "No PostgreSQL was found: install the requirements or PostgreSQL, or set DATABASE_URL.": (
        "没有找到 PostgreSQL：请安装依赖包或 PostgreSQL，或设置 DATABASE_URL。"
    ),
    "{folder} was made by PostgreSQL {version}, which is not here.": (
        "{folder} 是 PostgreSQL {version} 建立的，而本机没有这个版本。"
    ),
    "{folder} is in the way: it holds no PostgreSQL data, but it is not empty.": (
        "{folder} 里不是 PostgreSQL 的数据，却又不是空目录，请先移走。"
    ),
    "PostgreSQL could not make its data: {why}": "PostgreSQL 未能建立数据：{why}",
    "No Redis-compatible server was found: install the requirements or Valkey, or set REDIS_URL.": (
        "没有找到兼容 Redis 的服务：请安装依赖包或 Valkey，或设置 REDIS_URL。"
    ),
    "{what}. Try ./run --help.": "命令有误：{what}。用法见 ./run --help。",
    "{text} is no port: choose a number from 1 to 65535": (
        "{text} 不是端口号，请用 1 至 65535 之间的数字"
    ),
    "{word} is not known": "不认识 {word}",
    "{word} is not known: run, test, with-servers, prepare, health.": (
        "不认识 {word}：可用 run、test、with-servers、prepare、health。"
    ),
    "Start the agency, or run a management command: ./run manage COMMAND …": (
        "启动本系统，或运行一条管理命令：./run manage 命令 ……"
    ),
    "where data lies": "数据所在的目录",
    "an empty agency, without demo accounts": "空的机构，不带演示账号",
    "play arrivals and simulated staff": "模拟来件和办理",
}
"""English → Chinese, with the same names in braces."""


def in_words(sentence: str, **values: object) -> str:
    """The sentence in the terminal's language; where no value is given, braces are only braces."""
    said = CHINESE.get(sentence, sentence) if _is_chinese() else sentence
    return said.format(**values) if values else said


def _is_chinese() -> bool:
    """The first of these that says anything, as for every program at a terminal."""
    said = (os.environ.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    return next(filter(None, said), "").startswith("zh")
