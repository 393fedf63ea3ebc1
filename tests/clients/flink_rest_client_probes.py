"""Every call of PyPI's flink-rest-client against a running job; prints one JSON object a call.

python flink_rest_client_probes.py HOST:PORT JOB_ID SAVEPOINT_FOLDER

The last calls take a savepoint, stop the job and cancel it again.
"""
import json
import sys
import time

from flink_rest_client import FlinkRestClient

address, job_id, folder = sys.argv[1:]
host, port = address.split(":")
client = FlinkRestClient.get(host, port)
jobs = client.jobs


def probe(name, call):
    try:
        outcome = {"ok": True, "value": call()}
    except Exception as error:  # Whatever the client raises is the answer.
        outcome = {"ok": False, "error": f"{type(error).__name__}: {error}"[:500]}
    print(json.dumps({"probe": name, **outcome}, default=str), flush=True)
    return outcome.get("value")


def completed(trigger):
    for _ in range(600):
        status = trigger.status
        if status["status"]["id"] == "COMPLETED":
            return status
        time.sleep(0.1)
    raise TimeoutError(f"{trigger.trigger_id} is still {status}")


probe("overview", client.overview)
probe("config", client.config)
probe("datasets", client.datasets)
probe("jars.all", client.jars.all)
probe("jobmanager.config", client.jobmanager.config)
probe("jobmanager.logs", client.jobmanager.logs)
probe("jobmanager.get_log", lambda: client.jobmanager.get_log(client.jobmanager.logs()[0]["name"])[:200])
probe("jobmanager.metric_names", client.jobmanager.metric_names)
probe("jobmanager.metrics", client.jobmanager.metrics)
task_managers = probe("taskmanagers.all", client.taskmanagers.all)
probe("taskmanagers.taskmanager_ids", client.taskmanagers.taskmanager_ids)
probe("taskmanagers.metric_names", client.taskmanagers.metric_names)
probe("taskmanagers.metrics", lambda: client.taskmanagers.metrics(["Status.JVM.Memory.Heap.Used"], ["max"]))
task_manager = task_managers[0]["id"]
probe("taskmanagers.get", lambda: client.taskmanagers.get(task_manager))
probe("taskmanagers.get_logs", lambda: client.taskmanagers.get_logs(task_manager))
probe("taskmanagers.get_metrics", lambda: client.taskmanagers.get_metrics(task_manager))
probe("taskmanagers.get_thread_dump", lambda: len(client.taskmanagers.get_thread_dump(task_manager)))
probe("jobs.all", jobs.all)
probe("jobs.job_ids", jobs.job_ids)
probe("jobs.overview", jobs.overview)
probe("jobs.metric_names", jobs.metric_names)
probe("jobs.metrics", lambda: jobs.metrics(["numRestarts"], ["max"]))
probe("jobs.get", lambda: jobs.get(job_id))
probe("jobs.get_config", lambda: jobs.get_config(job_id))
probe("jobs.get_exceptions", lambda: jobs.get_exceptions(job_id))
probe("jobs.get_execution_result", lambda: jobs.get_execution_result(job_id))
probe("jobs.get_metrics", lambda: jobs.get_metrics(job_id))
probe("jobs.get_plan", lambda: jobs.get_plan(job_id))
vertex_ids = probe("jobs.get_vertex_ids", lambda: jobs.get_vertex_ids(job_id))
probe("jobs.get_accumulators", lambda: jobs.get_accumulators(job_id))
probe("jobs.get_checkpointing_configuration", lambda: jobs.get_checkpointing_configuration(job_id))
probe("jobs.get_checkpoints", lambda: jobs.get_checkpoints(job_id))
checkpoint_ids = probe("jobs.get_checkpoint_ids", lambda: jobs.get_checkpoint_ids(job_id))
probe("jobs.get_checkpoint_details", lambda: jobs.get_checkpoint_details(job_id, checkpoint_ids[-1], show_subtasks=True))
vertex = jobs.get_vertex(job_id, vertex_ids[0])
probe("vertex.details", vertex.details)
probe("vertex.backpressure", vertex.backpressure)
names = probe("vertex.metric_names", vertex.metric_names)
probe("vertex.metrics", lambda: vertex.metrics(names[:20]))
probe("vertex.subtasktimes", vertex.subtasktimes)
probe("vertex.taskmanagers", vertex.taskmanagers)
probe("vertex.watermarks", vertex.watermarks)
subtasks = vertex.subtasks
probe("subtasks.subtask_ids", subtasks.subtask_ids)
probe("subtasks.accumulators", subtasks.accumulators)
probe("subtasks.metric_names", subtasks.metric_names)
probe("subtasks.metrics", lambda: subtasks.metrics(["numRecordsOut"], ["sum"]))
probe("subtasks.get", lambda: subtasks.get(0))
probe("subtasks.get_attempt", lambda: subtasks.get_attempt(0))
probe("subtasks.get_attempt_accumulators", lambda: subtasks.get_attempt_accumulators(0))
probe("jobs.create_savepoint", lambda: completed(jobs.create_savepoint(job_id, folder)))
probe("jobs.stop", lambda: completed(jobs.stop(job_id, folder)))
probe("jobs.terminate", lambda: jobs.terminate(job_id))
