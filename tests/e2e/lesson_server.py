"""The lesson's server: bind, listen, accept; it reads UTF-8, then sends a typed answer as GBK."""
from socket import AF_INET, SOCK_STREAM, socket

server = socket(AF_INET, SOCK_STREAM)
server.bind(("127.0.0.1", 0))
server.listen(5)
print(f"port {server.getsockname()[1]}.", flush=True)
connection, address = server.accept()
while True:
    words = connection.recv(1024)
    if not words:
        break
    print("客户端:" + words.decode("utf-8"), flush=True)
    connection.send(input(">>>:").encode("gbk"))
connection.close()
server.close()
