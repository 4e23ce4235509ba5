"""Pods of indexed Jobs, as processes of this machine: each gets its arguments, variables and files as Kubernetes would give them.

What is not played: nodes, images, networks, file systems of their own. A path below a mount is led to a folder of this machine.
"""

import base64
import os
import random
import re
import signal
import string
import subprocess
import threading
import time

INDEX = "batch.kubernetes.io/job-completion-index"
FAILURES = "batch.kubernetes.io/job-index-failure-count"
# Kubernetes waits for ten seconds before it begins a pod again.
BEGINS_AGAIN_AFTER = 0.2
TICK = 0.02
# What a process needs to be found as one of its test, and to find compiled code.
HANDED_ON = ["PATH", "HOME", "RUSH_TEST_SCENE", "RUSH_CACHE_DIR"]
SCHEDULER = ["Unschedulable", "SchedulerError", "SchedulingGated"]

processes = {}


def expanded(word, variables):
    """As `k8s.io/kubernetes/third_party/forked/golang/expansion`: `$$` is `$`, `$(NAME)` the variable, if there is one."""
    out, at = "", 0
    while at < len(word):
        if word[at] != "$" or at + 1 == len(word):
            out, at = out + word[at], at + 1
        elif word[at + 1] == "$":
            out, at = out + "$", at + 2
        elif word[at + 1] == "(" and ")" in word[at + 2 :]:
            end = word.index(")", at + 2)
            name = word[at + 2 : end]
            out, at = out + variables.get(name, "$(%s)" % name), end + 1
        else:
            out, at = out + word[at : at + 2], at + 2
    return out


def field(pod, path):
    match = re.fullmatch(r"metadata\.(annotations|labels)\['(.+)'\]", path)
    if match:
        return pod["metadata"].get(match.group(1), {}).get(match.group(2), "")
    if path in ("metadata.name", "metadata.namespace", "metadata.uid"):
        return pod["metadata"][path.split(".")[1]]
    raise ValueError("no field %s" % path)


def begin(cluster, namespace, job):
    """The status of a Job, which `keep` keeps."""
    job["status"] = {"active": 0, "succeeded": 0, "failed": 0, "conditions": []}
    job["status"]["startTime"] = job["metadata"]["creationTimestamp"]


def keep(cluster):
    """What controllers, scheduler and nodes do: each tick, the next step of everything."""
    while True:
        time.sleep(TICK)
        with cluster.lock:
            behaviour = cluster.behaviour.read()
            for (namespace, _), job in list(cluster.store["jobs"].items()):
                step(cluster, namespace, job, behaviour)


def of_job(cluster, namespace, name):
    return [
        pod
        for (where, _), pod in cluster.store["pods"].items()
        if where == namespace and pod["metadata"]["labels"]["job-name"] == name
    ]


def step(cluster, namespace, job, behaviour):
    name, spec, status = job["metadata"]["name"], job["spec"], job["status"]
    for pod in of_job(cluster, namespace, name):
        look(pod)
        if pod["status"]["phase"] == "Pending":
            try_to_begin(cluster, namespace, pod, behaviour)
    if status["conditions"]:
        return
    pods, count = of_job(cluster, namespace, name), spec["completions"]
    done, failed, active = [], [], 0
    for index in range(count):
        mine = [pod for pod in pods if pod["metadata"]["annotations"][INDEX] == str(index)]
        phases = [pod["status"]["phase"] for pod in mine]
        failures = phases.count("Failed")
        if "Succeeded" in phases:
            done.append(index)
        elif failures > spec.get("backoffLimitPerIndex", 6):
            failed.append(index)
        elif len(mine) > failures:
            active += 1
        elif "no_pods" in behaviour:
            refuse(cluster, namespace, name, behaviour["no_pods"])
        elif not mine or time.time() > max(pod["_ended"] for pod in mine) + BEGINS_AGAIN_AFTER:
            make(cluster, namespace, job, index, failures)
            active += 1
    status.update(active=active, succeeded=len(done), failed=sum(pod["status"]["phase"] == "Failed" for pod in pods))
    status["completedIndexes"] = ",".join(map(str, done))
    status["failedIndexes"] = ",".join(map(str, failed))
    if len(done) + len(failed) == count:
        kind, reason = ("Failed", "FailedIndexes") if failed else ("Complete", "CompletionsReached")
        status["conditions"] = [{"type": kind, "status": "True", "reason": reason, "message": ""}]
    deadline = spec.get("activeDeadlineSeconds")
    if deadline and time.time() > pods_began(pods) + deadline:
        message = "Job was active longer than specified deadline"
        status["conditions"] = [{"type": "Failed", "status": "True", "reason": "DeadlineExceeded", "message": message}]
        end(cluster, namespace, name)


def pods_began(pods):
    return min((pod["_made"] for pod in pods), default=time.time())


def refuse(cluster, namespace, name, message):
    event = {"metadata": {"name": name + ".refused"}, "reason": "FailedCreate", "message": message, "type": "Warning"}
    event["involvedObject"] = {"kind": "Job", "name": name, "namespace": namespace}
    if (namespace, name + ".refused") not in cluster.store["events"]:
        cluster.put("events", namespace, event)


def make(cluster, namespace, job, index, failures):
    template, name = job["spec"]["template"], job["metadata"]["name"]
    end_of_name = "".join(random.choices(string.ascii_lowercase + string.digits, k=5))
    meta = {"name": "%s-%d-%s" % (name, index, end_of_name)}
    meta["labels"] = dict(template["metadata"].get("labels", {}), **{"job-name": name, INDEX: str(index)})
    meta["annotations"] = dict(template["metadata"].get("annotations", {}), **{INDEX: str(index)})
    if "backoffLimitPerIndex" in job["spec"]:
        meta["annotations"][FAILURES] = str(failures)
    pod = {"metadata": meta, "spec": template["spec"], "status": {"phase": "Pending"}, "_made": time.time()}
    cluster.put("pods", namespace, pod)


def try_to_begin(cluster, namespace, pod, behaviour):
    pending = behaviour.get("pending")
    index = int(pod["metadata"]["annotations"][INDEX])
    if pending and index in pending.get("indices", [index]):
        tell(pod, pending["reason"], pending.get("message", ""))
        return
    container = pod["spec"]["containers"][0]
    if "nowhere" in container["image"]:
        tell(pod, "ImagePullBackOff", 'Back-off pulling image "%s"' % container["image"])
        return
    folder = os.path.join(cluster.folder, "pods", pod["metadata"]["name"])
    mounts = {}
    for mount in container.get("volumeMounts", []):
        source = next(v["secret"] for v in pod["spec"]["volumes"] if v["name"] == mount["name"])
        secret = cluster.store["secrets"].get((namespace, source["secretName"]))
        if secret is None:
            tell(pod, "ContainerCreating", "")
            return
        mounts[mount["mountPath"]] = put_files(os.path.join(folder, mount["name"]), source, secret)
    run(cluster, pod, container, folder, mounts)


def tell(pod, reason, message):
    status = {"phase": "Pending"}
    if reason in SCHEDULER:
        condition = {"type": "PodScheduled", "status": "False", "reason": reason, "message": message}
        status["conditions"] = [condition]
    else:
        status["containerStatuses"] = [container_status(pod, {"waiting": {"reason": reason, "message": message}})]
    pod["status"] = status


def container_status(pod, state):
    container = pod["spec"]["containers"][0]
    return {
        "name": container["name"],
        "image": container["image"],
        "imageID": "",
        "ready": "running" in state,
        "restartCount": 0,
        "state": state,
    }


def put_files(folder, source, secret):
    os.makedirs(folder, exist_ok=True)
    for item in source["items"]:
        path = os.path.join(folder, item["path"])
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(base64.b64decode(secret["data"][item["key"]]))
        os.chmod(path, source.get("defaultMode", 0o644))
    return folder


def run(cluster, pod, container, folder, mounts):
    os.makedirs(folder, exist_ok=True)
    declared = {}
    for variable in container.get("env", []):
        source = variable.get("valueFrom", {}).get("fieldRef")
        declared[variable["name"]] = field(pod, source["fieldPath"]) if source else variable.get("value", "")
    words = [expanded(word, declared) for word in container["command"] + container.get("args", [])]
    for there, here in mounts.items():
        words = [here + word[len(there) :] if word.startswith(there + "/") else word for word in words]
    # The image is this machine.
    if words[0] == "rush-host":
        words[0] = os.environ["RUSH_HOST_BIN"]
    environment = {name: os.environ[name] for name in HANDED_ON if name in os.environ}
    environment.update(declared)
    with open(os.path.join(folder, "log"), "ab") as log:
        try:
            process = subprocess.Popen(
                words, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=folder, start_new_session=True
            )
        except OSError:
            message = 'exec: "%s": executable file not found in $PATH' % words[0]
            ended(pod, 128, "StartError", message)
            return
    processes[pod["metadata"]["uid"]] = process
    pod["_log"] = os.path.join(folder, "log")
    pod["status"] = {"phase": "Running", "containerStatuses": [container_status(pod, {"running": {}})]}


def look(pod):
    """What has become of its process."""
    process = processes.get(pod["metadata"]["uid"])
    if process is None or pod["status"]["phase"] != "Running" or process.poll() is None:
        return
    code = process.returncode if process.returncode >= 0 else 128 - process.returncode
    with open(pod["_log"], encoding="utf-8", errors="replace") as file:
        # FallbackToLogsOnError: the end of the log.
        said = file.read()[-2048:] if code else ""
    ended(pod, code, "OOMKilled" if code == 137 else "Error" if code else "Completed", said)


def ended(pod, code, reason, message):
    state = {"terminated": {"exitCode": code, "reason": reason, "message": message}}
    phase = "Failed" if code else "Succeeded"
    pod["status"] = {"phase": phase, "containerStatuses": [container_status(pod, state)]}
    pod["_ended"] = time.time()


def log(cluster, namespace, name):
    pod = cluster.store["pods"].get((namespace, name), {})
    if "_log" not in pod:
        return ""
    with open(pod["_log"], encoding="utf-8", errors="replace") as file:
        return file.read()


def end(cluster, namespace, name):
    """Pods of a Job that goes: asked to end, killed after their grace, gone then."""
    for pod in of_job(cluster, namespace, name):
        cluster.store["pods"].pop((namespace, pod["metadata"]["name"]))
        process = processes.get(pod["metadata"]["uid"])
        if process and process.poll() is None:
            grace = pod["spec"].get("terminationGracePeriodSeconds", 30)
            threading.Thread(target=end_process, args=(process, grace), daemon=True).start()


def end_process(process, grace):
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(grace)
    except subprocess.TimeoutExpired:
        process.kill()


def end_all():
    for process in processes.values():
        if process.poll() is None:
            process.kill()
            process.wait()
