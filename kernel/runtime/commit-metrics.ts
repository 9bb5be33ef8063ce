import type { CommitQueueOptions } from './commit-queue.ts';
import type { Metrics } from './metrics.ts';

/** Observes the commit queue of one subgraph. */
export function createCommitObserver(metrics: Metrics, subgraph: string): NonNullable<CommitQueueOptions['observe']> {
  const steps = metrics.counter({ name: 'commit_steps_total', help: 'Steps that shared their commits.', labels: ['subgraph'] });
  const commits = metrics.counter({ name: 'commits_total', help: 'Commits of such steps.', labels: ['subgraph'] });
  const duration = metrics.histogram({ name: 'commit_seconds', help: 'Time of one batch of steps and its commit.', labels: ['subgraph'] });
  return (observed) => {
    steps.inc({ subgraph }, observed.items);
    commits.inc({ subgraph }, observed.commits);
    duration.observe({ subgraph }, observed.durationMs / 1_000);
  };
}
