import { network } from './network.js';

export const args = () => JSON.stringify(network.args);
export const data = (name) => network.data[name];
export const seed = () => network.seed;
