#!/bin/{{ "bash -l" if prologue else "sh" }}
# Host processes of the network {{ network }}, begun by rush-host from {{ from }}.
#SBATCH --job-name={{ name }}
#SBATCH --array={{ array }}
#SBATCH --nodes=1
#SBATCH --ntasks=1
#SBATCH --export=NONE
{% if not is_requeued -%}
#SBATCH --no-requeue
{% endif -%}
#SBATCH --open-mode=append
#SBATCH --output={{ output }}
#SBATCH --signal=B:USR1@{{ end_before }}
{% for option in options -%}
#SBATCH {{ option }}
{% endfor %}
{% for line in prologue -%}
{{ line }}
{% endfor -%}
exec {{ command }} \
  --process "$SLURM_ARRAY_TASK_ID" \
  --place "${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID" \
  --attempt "${SLURM_RESTART_COUNT:-0}"{% if successor %} \
  --successor {{ successor }}{% endif %}
