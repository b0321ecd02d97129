"""Load of the webhook receiver: so many signed deliveries a minute, duplicates and out-of-order ones among them.

Starts `serve` in a home of its own with one connected repository whose pushes name commits that are not there, so that the figures are
those of receiving, recording and queueing. Then counts: every delivery acknowledged, each push a single run, none lost.

    python3 tests/Load/webhooks.py --cli artifacts/codex-security/codex-security [--minutes 5] [--rate 1000] [--azurite NODE_MODULES]

With --azurite the records and bulk lie in Azure Tables and Blobs: of an Azurite that it starts from that folder (npm install azurite).
"""
import argparse, base64, concurrent.futures, hashlib, hmac, http.client, json, os, random, shutil, signal, socket, sqlite3, subprocess, tempfile, time

TOKEN, SECRET = "a-token-for-the-load", b"a-secret-for-the-load"


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--cli", required=True)
    options.add_argument("--minutes", type=float, default=5)
    options.add_argument("--rate", type=int, default=1000, help="deliveries a minute")
    options.add_argument("--azurite", help="a node_modules folder with azurite: its tables and blobs are the stores")
    o = options.parse_args()
    home = tempfile.mkdtemp(prefix="codex-load-")
    subprocess.run(["git", "init", "-q", "-b", "main", home + "/repo"], check=True)
    subprocess.run(["git", "-C", home + "/repo", "-c", "user.name=a", "-c", "user.email=a@localhost", "commit", "-q", "--allow-empty", "-m", "start"], check=True)
    env = dict(os.environ, CODEX_SECURITY_HOME=home + "/home", CODEX_SECURITY_TOKEN=TOKEN, CODEX_SECURITY_WEBHOOK_SECRETS=SECRET.decode())
    azurite = Azurite(o.azurite, home + "/azurite") if o.azurite else None
    if azurite:
        env["CODEX_SECURITY_STORAGE_CONNECTION"] = azurite.connection
    server = subprocess.Popen([o.cli, "serve", "--port", "0"], env=env, stdout=subprocess.PIPE, text=True)
    try:
        port = int(server.stdout.readline().split(":")[2].split(",")[0].strip().rstrip("/"))
        send(port, "POST", "/api/repositories", {"owner": "acme", "name": "shop", "location": home + "/repo"}, {"Authorization": "Bearer " + TOKEN})
        report(run(port, int(o.minutes * o.rate), o.rate), home)
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(60)
        if azurite:
            azurite.end()
        shutil.rmtree(home)


class Azurite:
    """Azurite on free ports of this machine, with a key of this run."""

    def __init__(self, modules, folder):
        ports, sockets = [], []
        for _ in range(3):
            s = socket.socket()
            s.bind(("127.0.0.1", 0))
            sockets.append(s)
            ports.append(s.getsockname()[1])
        for s in sockets:
            s.close()
        key = base64.b64encode(os.urandom(32)).decode()
        arguments = [x for kind, port in zip(("blob", "queue", "table"), ports) for x in (f"--{kind}Host", "127.0.0.1", f"--{kind}Port", str(port))]
        self.process = subprocess.Popen(["node", modules + "/azurite/dist/src/azurite.js", "--location", folder, "--silent", "--skipApiVersionCheck", "--disableTelemetry", *arguments],
                                        env=dict(os.environ, AZURITE_ACCOUNTS="load:" + key), stdout=subprocess.DEVNULL)
        for port in ports:
            for _ in range(300):
                try:
                    socket.create_connection(("127.0.0.1", port), 1).close()
                    break
                except OSError:
                    time.sleep(0.1)
        self.connection = (f"DefaultEndpointsProtocol=http;AccountName=load;AccountKey={key};BlobEndpoint=http://127.0.0.1:{ports[0]}/load;"
                           f"QueueEndpoint=http://127.0.0.1:{ports[1]}/load;TableEndpoint=http://127.0.0.1:{ports[2]}/load;")

    def end(self):
        self.process.terminate()
        self.process.wait(30)


def run(port, total, rate):
    chance = random.Random(1)
    ids = [f"d-{i}" for i in range(total * 9 // 10)]
    order = ids + [chance.choice(ids) for _ in range(total - len(ids))]  # one in ten is a duplicate
    for i in range(0, len(order) - 20, 20):  # and none comes in its order
        part = order[i:i + 20]
        chance.shuffle(part)
        order[i:i + 20] = part
    begin, times, refused = time.monotonic(), [], []

    def one(at, delivery):
        time.sleep(max(0, begin + at - time.monotonic()))
        sha = lambda text: hashlib.sha1(text.encode()).hexdigest()
        body = json.dumps({"ref": "refs/heads/main", "before": sha("before " + delivery), "after": sha(delivery), "repository": {"full_name": "acme/shop"}}).encode()
        headers = {"X-GitHub-Event": "push", "X-GitHub-Delivery": delivery, "X-Hub-Signature-256": "sha256=" + hmac.new(SECRET, body, "sha256").hexdigest()}
        start = time.monotonic()
        try:
            status, text = send(port, "POST", "/api/github/webhook", body, headers)
        except OSError as e:
            status, text = 0, str(e)
        times.append(time.monotonic() - start)
        if status != 202:
            refused.append((delivery, status, text[:80]))

    with concurrent.futures.ThreadPoolExecutor(32) as pool:
        for i, delivery in enumerate(order):
            pool.submit(one, i * 60 / rate, delivery)
    return ids, times, refused


def report(outcome, home):
    ids, times, refused = outcome
    time.sleep(2)
    times.sort()
    db = sqlite3.connect(f"file:{home}/home/flows/serve.db?mode=ro", uri=True)
    started = {json.loads(e)["Item"]["Id"] for (e,) in ((json.loads(x)["Payload"],) for (x,) in db.execute("select event from event where sequence=0 and id like 'branch:%'")) if json.loads(e).get("Item")}
    runs = db.execute("select count(*) from run where id like 'branch:%'").fetchone()[0]
    at = lambda q: times[min(len(times) - 1, int(q * len(times)))] * 1000
    print(f"deliveries {len(times)}, distinct {len(ids)}, refused {len(refused)} {refused[:3]}")
    print(f"acknowledged p50 {at(.5):.0f} ms, p95 {at(.95):.0f} ms, p99 {at(.99):.0f} ms, most {times[-1] * 1000:.0f} ms")
    print(f"lost {len(set(ids) - started)}, twice {runs - len(started)}")


def send(port, method, path, body, headers):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request(method, path, body if isinstance(body, bytes) else json.dumps(body), headers)
        reply = connection.getresponse()
        return reply.status, reply.read().decode(errors="replace")
    finally:
        connection.close()


main()
