"""The lesson's own programs hold their conversation with earshot, typed in terminals."""
import pathlib
import re
import sys

from waiting import wait_until

HERE = pathlib.Path(__file__).parent
NO_LINES = ("--eol", "none", "--frame", "chunk")


def test_lesson_client_talks_with_listen(earshot):
    server = earshot.console("listen", "127.0.0.1", "0", "--recv-encoding", "utf-8", "--send-encoding", "gbk",
                             *NO_LINES)
    client = earshot.terminal(sys.executable, HERE / "lesson_client.py", server.port())
    server.wait_for("is here")
    client.line("你好，服务器")
    server.wait_line("client: 你好，服务器")
    server.line("听得见，请讲。")
    client.wait_line("服务器:听得见，请讲。")
    client.line("再见")
    server.wait_line("client: 再见")
    server.line("常来")
    client.wait_line("服务器:常来")
    client.line("quit")
    server.wait_for("has finished sending")


def test_lesson_server_talks_with_connect(earshot):
    server = earshot.terminal(sys.executable, HERE / "lesson_server.py")
    port = wait_until(lambda: re.search(r"port (\d+)\.", server.scrollback()), "its port", server.seen)[1]
    client = earshot.console("connect", "127.0.0.1", port, "--recv-encoding", "gbk", "--send-encoding", "utf-8",
                             *NO_LINES)
    client.wait_for("connected to")
    client.line("你好")
    server.wait_line("客户端:你好")
    server.line("请讲，龘也行")
    client.wait_line("server: 请讲，龘也行")
    client.line("再见")
    server.wait_line("客户端:再见")
    server.line("慢走")
    client.wait_line("server: 慢走")
    client.keys("C-d")
    assert server.status() == 0


def test_answer_longer_than_the_lessons_buffer_is_whole_in_earshot(earshot, far):
    server = far.server()
    client = earshot.json("connect", "127.0.0.1", server.port, "--recv-encoding", "gbk", *NO_LINES)
    words = "汉字" * 5000 + "。"
    server.accept().send(words.encode("gbk"))
    client.wait_text("。")
    assert client.heard_text() == words
