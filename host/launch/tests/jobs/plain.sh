sbatch --parsable '/home/ada/runs/.rush/team-{branin}/slurm/rush-team-branin-0123456789ab.sh'

# /home/ada/runs/.rush/team-{branin}/slurm/rush-team-branin-0123456789ab.sh
#!/bin/sh
# Host processes of the network team-{branin}, begun by rush-host from login.
#SBATCH --job-name=rush-team-branin-0123456789ab
#SBATCH --array=0-2
#SBATCH --nodes=1
#SBATCH --ntasks=1
#SBATCH --export=NONE
#SBATCH --no-requeue
#SBATCH --open-mode=append
#SBATCH --output="/home/ada/runs/.rush/team-{branin}/slurm/rush-team-branin-0123456789ab-%A_%a.log"
#SBATCH --signal=B:USR1@40

exec /home/ada/bin/rush-host worker --network 'team-{branin}' --config c0ffee --launch 0123456789ab --launcher slurm --launched-from login --connect-timeout 5000 --unavailable-after 60000 --redis-file '/home/ada/runs/.rush/team-{branin}/redis-url' --managed \
  --process "$SLURM_ARRAY_TASK_ID" \
  --place "${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID" \
  --attempt "${SLURM_RESTART_COUNT:-0}"

# /home/ada/runs/.rush/team-{branin}/redis-url
<redacted>
