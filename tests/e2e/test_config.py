"""Options from a file."""


def test_options_stand_in_a_file(earshot, far, tmp_path):
    config = tmp_path / "earshot.toml"
    config.write_text('encoding = "gbk"\n[listen]\nmax-clients = 1\n[connect]\nencoding = "utf-8"\n')
    listener = earshot.listen("--config", config)
    end = far.call(listener.port)
    listener.wait("opened")
    listener.send("好")
    end.expect("好".encode("gbk"))
    far.call(listener.port)
    listener.wait("error", reason="limit")


def test_command_line_says_otherwise_than_the_file(earshot, far, tmp_path):
    config = tmp_path / "earshot.toml"
    config.write_text('encoding = "gbk"\n')
    listener = earshot.listen("--config", config, "--encoding", "utf-8")
    far.call(listener.port).send("好")
    listener.wait_text("好")


def test_mistake_in_the_file_is_named_with_its_line(earshot, tmp_path):
    config = tmp_path / "earshot.toml"
    for text, named in (("encoding = 'gbk'\nbogus = 1\n", ":2"), ("encoding = 'klingon'\n", "klingon"),
                        ("= =\n", ":1")):
        config.write_text(text)
        refused = earshot.run("listen", "0", "--config", config)
        assert refused.status() == 2
        assert str(config) in refused.error() and named in refused.error()
        assert len(refused.error().splitlines()) == 1


def test_end_of_line_is_what_was_asked_for(earshot, far):
    for eol, ending in (("lf", b"\n"), ("crlf", b"\r\n"), ("cr", b"\r"), ("none", b"")):
        listener = earshot.listen("--eol", eol)
        end = far.call(listener.port)
        listener.wait("opened")
        listener.send("x")
        end.expect(b"x" + ending)
