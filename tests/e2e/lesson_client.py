"""The lesson's client: a plain stream socket. It sends a typed line as UTF-8, then reads the answer as GBK."""
import sys
from socket import AF_INET, SOCK_STREAM, socket

client = socket(AF_INET, SOCK_STREAM)
client.connect(("127.0.0.1", int(sys.argv[1])))
while True:
    words = input(">>>:")
    if words == "quit":
        break
    client.send(words.encode("utf-8"))
    print("服务器:" + client.recv(1024).decode("gbk"), flush=True)
client.close()
