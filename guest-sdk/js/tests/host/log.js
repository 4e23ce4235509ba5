import { network } from './network.js';

export const log = (level, logger, message) => network.said.push([level, logger, message]);
