"""A cluster for tests: `api_server.py FOLDER [CERTIFICATE_AND_KEY]`.

Plays the API of Kubernetes as far as launching needs it: Jobs, pods, Secrets and events of a few namespaces, for kubectl and for the
client of rush-host. What is created is validated strictly against the published schemas, and against rules of the API that they do not
have. Pods are processes of this machine (pods.py). Not a cluster: nothing is defaulted, admitted, scheduled or pulled.

Prints its port, and that for TLS, if it has a certificate; ends when standard input does. In FOLDER: `requests.jsonl`, one line for each request; `behaviour.json`, read anew
for each request, which says what goes wrong (see `Behaviour`); `pods/`, with the log and the mounted files of each.
"""

import base64
import copy
import json
import os
import re
import ssl
import sys
import threading
import time
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlparse

import kubernetes_validate

import pods

TOKEN = "test-token"
# The oldest one that has all fields.
VERSION = "1.33"
NAMESPACES = ["default", "team"]
KINDS = {
    "jobs": ("batch/v1", "Job"),
    "pods": ("v1", "Pod"),
    "secrets": ("v1", "Secret"),
    "events": ("v1", "Event"),
}
VERBS = ["create", "delete", "get", "list", "patch", "update", "watch"]
PATH = re.compile(r"^/(?:api/v1|apis/batch/v1)/namespaces/([^/]+)/(jobs|pods|secrets|events)(?:/([^/]+))?(/log)?$")


class Behaviour:
    """What is to go wrong.

    `faults`: a list of `{"on": "POST jobs", "lose": true}` (done, but the connection breaks) or
    `{"on": "POST jobs", "code": 500, "message": …}` (not done), each `times` times (once, if it does not say), or always with 0.
    `pending`: why pods do not begin: `{"indices": [0], "reason": …, "message": …}`; without `indices`, all. Reasons as `Unschedulable` are
    told as those of the scheduler, others as those of the container. `no_pods`: why no pod is even made.
    """

    def __init__(self, folder):
        self.path = os.path.join(folder, "behaviour.json")
        self.used = {}

    def read(self):
        try:
            with open(self.path, encoding="utf-8") as file:
                return json.load(file)
        except FileNotFoundError:
            return {}

    def fault(self, what):
        for fault in self.read().get("faults", []):
            key = json.dumps(fault, sort_keys=True)
            times = fault.get("times", 1)
            if fault["on"] == what and (times == 0 or self.used.get(key, 0) < times):
                self.used[key] = self.used.get(key, 0) + 1
                return fault
        return None


def status(code, reason, message):
    body = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure"}
    return code, dict(body, reason=reason, message=message, code=code)


def selects(selector, labels):
    """`a=b`, `a in (b,c)`, joined by commas."""
    for key, words, value in re.findall(r"([^=,() ]+)(?: in \(([^)]*)\)|=([^,]*))", selector):
        if labels.get(key) not in (words.split(",") if words else [value]):
            return False
    return True


def selects_fields(selector, o):
    for term in filter(None, selector.split(",")):
        path, value = term.split("=", 1)
        found = o
        for part in path.split("."):
            found = (found or {}).get(part)
        if str(found) != value:
            return False
    return True


def merged(target, patch):
    """RFC 7396."""
    if not isinstance(patch, dict):
        return patch
    target = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            target.pop(key, None)
        else:
            target[key] = merged(target.get(key), value)
    return target


LABEL = re.compile(r"([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?")
NAME = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
QUANTITY = re.compile(r"[0-9]+(\.[0-9]+)?(m|[kMGTPE]|[KMGTPE]i)?")


def broken_rule(o):
    """A rule of the API that the schemas do not have."""
    meta = o["metadata"]
    if not NAME.fullmatch(meta.get("name", "")) or len(meta["name"]) > 253:
        return "metadata.name: Invalid value: a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters"
    for value in meta.get("labels", {}).values():
        if not LABEL.fullmatch(value):
            return "metadata.labels: Invalid value: %r" % value
    if o["kind"] == "Secret":
        size = sum(map(len, o.get("stringData", {}).values()))
        return "data: Too long: may not be more than 1048576 bytes" if size > 1 << 20 else None
    spec = o["spec"]
    pod = spec["template"]["spec"]
    if pod.get("restartPolicy") not in ("Never", "OnFailure"):
        return 'spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"'
    if spec.get("completionMode") == "Indexed":
        if "completions" not in spec:
            return "spec.completions: Required value: when completion mode is Indexed"
        if len("%s-%d" % (meta["name"], spec["completions"] - 1)) > 63:
            return "metadata.name: Invalid value: will not able to create pod with invalid DNS label"
    elif "backoffLimitPerIndex" in spec:
        return "spec.backoffLimitPerIndex: Invalid value: requires indexed completion mode"
    if "backoffLimitPerIndex" in spec and pod["restartPolicy"] != "Never":
        return "spec.template.spec.restartPolicy: Invalid value: only Never is supported when `backoffLimitPerIndex` is specified"
    if spec.get("activeDeadlineSeconds", 1) < 1:
        return "spec.activeDeadlineSeconds: Invalid value: must be greater than 0"
    for container in pod["containers"]:
        if not container.get("image"):
            return "spec.template.spec.containers[0].image: Required value"
        for amounts in container.get("resources", {}).values():
            for amount in amounts.values():
                if not QUANTITY.fullmatch(str(amount)):
                    return "quantities must match the regular expression"
    return None


class Cluster:
    def __init__(self, folder):
        self.folder = folder
        self.lock = threading.RLock()
        self.behaviour = Behaviour(folder)
        self.log = open(os.path.join(folder, "requests.jsonl"), "a", buffering=1, encoding="utf-8")
        self.store = {kind: {} for kind in KINDS}
        self.count = 0

    def put(self, kind, namespace, o):
        self.count += 1
        o.setdefault("apiVersion", KINDS[kind][0])
        o.setdefault("kind", KINDS[kind][1])
        created = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        o["metadata"].update(
            namespace=namespace, uid=str(uuid.uuid4()), creationTimestamp=created, resourceVersion=str(self.count)
        )
        self.store[kind][namespace, o["metadata"]["name"]] = o
        return o

    def create(self, kind, namespace, o, dry):
        expected = dict(zip(("apiVersion", "kind"), KINDS[kind]))
        if not isinstance(o, dict) or any(o.get(key) != value for key, value in expected.items()):
            return status(400, "BadRequest", "the object provided is unrecognized")
        name = o.get("metadata", {}).get("name", "")
        if o["metadata"].get("namespace", namespace) != namespace:
            return status(400, "BadRequest", "the namespace of the provided object does not match the request")
        try:
            kubernetes_validate.validate(o, VERSION, strict=True)
        except kubernetes_validate.ValidationError as error:
            return status(422, "Invalid", '%s "%s" is invalid: %s: %s' % (o["kind"], name, error.path, error.message))
        rule = broken_rule(o)
        if rule:
            return status(422, "Invalid", '%s "%s" is invalid: %s' % (o["kind"], name, rule))
        if (namespace, name) in self.store[kind]:
            return status(409, "AlreadyExists", '%s "%s" already exists' % (kind, name))
        if dry:
            return 201, o
        if kind == "secrets":
            for key, value in o.pop("stringData", {}).items():
                o.setdefault("data", {})[key] = base64.b64encode(value.encode()).decode()
        self.put(kind, namespace, o)
        if kind == "jobs":
            pods.begin(self, namespace, o)
        return 201, o

    def list(self, kind, namespace, query):
        labels = query.get("labelSelector", [""])[0]
        fields = query.get("fieldSelector", [""])[0]
        found = [
            o
            for (where, _), o in sorted(self.store[kind].items())
            if where == namespace and selects(labels, o["metadata"].get("labels", {})) and selects_fields(fields, o)
        ]
        limit, start = int(query.get("limit", ["0"])[0]), int(query.get("continue", ["0"])[0])
        meta = {"resourceVersion": str(self.count)}
        if limit and start + limit < len(found):
            meta["continue"] = str(start + limit)
        items = found[start : start + limit if limit else None]
        return 200, {"kind": KINDS[kind][1] + "List", "apiVersion": KINDS[kind][0], "metadata": meta, "items": items}

    def delete(self, kind, namespace, name, options):
        gone = self.store[kind].pop((namespace, name))
        if kind == "jobs" and options.get("propagationPolicy", "Background") != "Orphan":
            uid = gone["metadata"]["uid"]
            for (where, other), secret in list(self.store["secrets"].items()):
                owners = secret["metadata"].get("ownerReferences", [])
                if any(owner["uid"] == uid for owner in owners):
                    self.store["secrets"].pop((where, other))
            pods.end(self, namespace, name)
        return 200, {"kind": "Status", "apiVersion": "v1", "status": "Success", "details": {"name": name}}

    def route(self, method, path, query, body):
        if path == "/version":
            return 200, {"major": "1", "minor": VERSION.split(".")[1], "gitVersion": "v%s.0" % VERSION}
        if path == "/api":
            return 200, {"kind": "APIVersions", "versions": ["v1"]}
        if path == "/apis":
            version = {"groupVersion": "batch/v1", "version": "v1"}
            group = {"name": "batch", "versions": [version], "preferredVersion": version}
            return 200, {"kind": "APIGroupList", "apiVersion": "v1", "groups": [group]}
        if path in ("/api/v1", "/apis/batch/v1"):
            group = "v1" if path == "/api/v1" else "batch/v1"
            resources = [
                {"name": name, "singularName": name[:-1], "namespaced": True, "kind": kind, "verbs": VERBS}
                for name, (version, kind) in KINDS.items()
                if version == group
            ]
            return 200, {"kind": "APIResourceList", "groupVersion": group, "resources": resources}
        match = PATH.match(path)
        if not match:
            return status(404, "NotFound", "the server could not find the requested resource")
        namespace, kind, name, log = match.groups()
        if log:
            return 200, pods.log(self, namespace, name)
        if method == "POST":
            if namespace not in NAMESPACES:
                return status(404, "NotFound", 'namespaces "%s" not found' % namespace)
            return self.create(kind, namespace, json.loads(body), bool(query.get("dryRun")))
        if method == "GET" and not name:
            return self.list(kind, namespace, query)
        if (namespace, name) not in self.store[kind]:
            return status(404, "NotFound", '%s "%s" not found' % (kind, name))
        if method == "GET":
            return 200, self.store[kind][namespace, name]
        if method == "PATCH":
            patched = merged(self.store[kind][namespace, name], json.loads(body))
            self.store[kind][namespace, name] = patched
            return 200, patched
        if method == "DELETE":
            return self.delete(kind, namespace, name, json.loads(body) if body else {})
        return status(405, "MethodNotAllowed", "not played here")


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    cluster = None

    def log_message(self, *_):
        pass

    def answer(self):
        url = urlparse(self.path)
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length).decode("utf-8", "replace")
        match = PATH.match(url.path)
        what = "%s %s" % (self.command, match.group(2) if match else url.path)
        lost = False
        with self.cluster.lock:
            line = {"method": self.command, "path": self.path, "body": body}
            self.cluster.log.write(json.dumps(line) + "\n")
            # kubectl sends no token without TLS.
            if self.headers.get("Authorization", "Bearer " + TOKEN) != "Bearer " + TOKEN:
                code, o = status(401, "Unauthorized", "Unauthorized")
            else:
                fault = self.cluster.behaviour.fault(what)
                if fault and "code" in fault:
                    reason = fault.get("reason", "InternalError")
                    code, o = status(fault["code"], reason, fault.get("message", "etcdserver: request timed out"))
                else:
                    lost = bool(fault)
                    code, o = self.cluster.route(self.command, url.path, parse_qs(url.query), body)
            o = copy.deepcopy(o)
        if lost:
            self.close_connection = True
            self.connection.close()
            return
        data = o.encode() if isinstance(o, str) else json.dumps(o).encode()
        self.send_response(code)
        self.send_header("Content-Type", "text/plain" if isinstance(o, str) else "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = do_PATCH = do_DELETE = do_PUT = answer


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        """A client may go, and a reply may be lost."""


def main():
    Handler.cluster = Cluster(sys.argv[1])
    servers = [Server(("127.0.0.1", 0), Handler)]
    if len(sys.argv) > 2:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[2])
        servers.append(Server(("127.0.0.1", 0), Handler))
        servers[1].socket = context.wrap_socket(servers[1].socket, server_side=True)
    for server in servers:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    threading.Thread(target=pods.keep, args=(Handler.cluster,), daemon=True).start()
    print(*[server.server_port for server in servers], flush=True)
    sys.stdin.read()
    pods.end_all()


if __name__ == "__main__":
    main()
