export const trafficErrors = {};
