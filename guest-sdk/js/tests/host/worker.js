import { inState, network } from './network.js';

export const id = () => 'worker-0';
export const networkId = () => 'network';
export const terminated = () => inState('finished') >= Math.min(network.stopWhenFinished, network.budget);
export const runningWorkers = () => ['worker-0'];
