# R rush: `Rscript r_rush_peer.R COMMAND [URL NUMBER]`.
#
#   version             says its version, or nothing where it is not installed
#   work URL WORKERS    workers that rush starts itself run the loop until standard input ends; says `ready` and their process ids
#   read URL TASKS      a manager that knows nothing yet fetches so many finished tasks; says `done` and the milliseconds
#
# The loop does what the guest's does. It is sent to workers that know nothing of this file, so all that it calls is within it.

network = "peers"

search = function(rush, ...) {
  while (!rush$terminated) {
    x1 = stats::runif(1, -5, 10)
    x2 = stats::runif(1, 0, 15)
    key = rush$push_running_tasks(list(list(x1 = x1, x2 = x2)))
    ripple = x2 - 5.1 / (4 * pi^2) * x1^2 + 5 / pi * x1 - 6
    y = ripple^2 + 10 * (1 - 1 / (8 * pi)) * cos(x1) + 10
    rush$finish_tasks(key, list(list(y = y)))
  }
}

say = function(...) {
  cat(..., "\n")
  flush(stdout())
}

manager = function(url) {
  # It tells of workers that it starts, on standard output, which is ours.
  lgr::get_logger("mlr3/rush")$set_threshold("warn")
  rush::rsh(network_id = network, config = redux::redis_config(url = url))
}

work = function(url, workers, input) {
  rush = manager(url)
  rush$start_local_workers(worker_loop = search, n_workers = workers)
  rush$wait_for_workers(n = workers, timeout = 60)
  say("ready", paste(rush$worker_info$pid, collapse = " "))
  invisible(readLines(input))
  rush$stop_workers(type = "terminate")
  while (rush$n_running_workers > 0) Sys.sleep(0.01)
}

fetch = function(url, tasks, input) {
  xss = lapply(seq_len(tasks), function(i) list(x1 = i + 0.5, x2 = 7.5))
  yss = lapply(seq_len(tasks), function(i) list(y = i + 0.25))
  manager(url)$push_finished_tasks(xss, yss)
  reader = manager(url)
  say("ready")
  readLines(input, n = 1)
  begun = proc.time()[["elapsed"]]
  finished = reader$fetch_finished_tasks()
  milliseconds = (proc.time()[["elapsed"]] - begun) * 1000
  if (nrow(finished) != tasks) stop(sprintf("%i tasks are finished, not %i", nrow(finished), tasks))
  say("done", milliseconds)
  invisible(readLines(input))
}

arguments = commandArgs(trailingOnly = TRUE)
if (identical(arguments, "version")) {
  if (requireNamespace("rush", quietly = TRUE)) say(as.character(utils::packageVersion("rush")))
} else {
  if (length(arguments) != 3) stop("expected COMMAND URL NUMBER")
  # That of the process: `stdin()` would be R's console.
  input = file("stdin", open = "r")
  number = as.integer(arguments[[3]])
  switch(arguments[[1]],
    work = work(arguments[[2]], number, input),
    read = fetch(arguments[[2]], number, input),
    stop("expected `version`, `work` or `read`"))
}
