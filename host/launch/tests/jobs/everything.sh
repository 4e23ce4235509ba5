sbatch --parsable '/scratch/it'\''s "%x" $HOME # ü/rush-team-branin-0123456789ab.sh'

# /scratch/it's "%x" $HOME # ü/rush-team-branin-0123456789ab.sh
#!/bin/bash -l
# Host processes of the network team-{branin}, begun by rush-host from login#SBATCH --wait.
#SBATCH --job-name=rush-team-branin-0123456789ab
#SBATCH --array=0-2%2
#SBATCH --nodes=1
#SBATCH --ntasks=1
#SBATCH --export=NONE
#SBATCH --open-mode=append
#SBATCH --output="/scratch/it's \"%%x\" $HOME # ü/rush-team-branin-0123456789ab-%A_%a.log"
#SBATCH --signal=B:USR1@91
#SBATCH --partition=long
#SBATCH --account=physics
#SBATCH --qos=low
#SBATCH --time=2-12:00
#SBATCH --cpus-per-task=4
#SBATCH --mem=3338M
#SBATCH --gres=gpu:a100:1
#SBATCH --constraint=[rack1|rack2]&big
#SBATCH --exclusive
#SBATCH --mail-type=END --mail-user=ada@example.org
#SBATCH --requeue

module load gcc
export NAME='it is {{ none }} of a template'
exec '/shared/my tools/rush-host' worker --network 'team-{branin}' --config c0ffee --launch 0123456789ab --launcher slurm --launched-from 'login
#SBATCH --wait' --connect-timeout 5000 --unavailable-after 60000 --redis-file '/home/ada/my redis' --managed \
  --process "$SLURM_ARRAY_TASK_ID" \
  --place "${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID" \
  --attempt "${SLURM_RESTART_COUNT:-0}" \
  --successor 'sbatch --parsable --array="$SLURM_ARRAY_TASK_ID" '\''/scratch/it'\''\'\'''\''s "%x" $HOME # ü/rush-team-branin-0123456789ab.sh'\'''
