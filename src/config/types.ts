/** What a canopy.yml means, section by section. */
export type { GateServer, PrometheusQuery } from './fields/asked-server.ts';
export type { BalancerKind } from './fields/choices.ts';
export type { Lines } from './fields/lines.ts';
export type { Share } from '../shared/share.ts';
export type { Sticky } from './fields/sticky.ts';
export type { Workers } from './fields/workers.ts';
export type * from './sections/config.ts';
export type { AnalysisConfig } from './sections/canary/analysis.ts';
export type { ArtifactConfig } from './sections/artifact.ts';
export type { BalancerChoice, CommandsConfig, HaproxyConfig } from './sections/traffic/balancer.ts';
export type { CanaryConfig } from './sections/canary/canary.ts';
export type { ChecksConfig, CoverageCheck, LintCheck, TestsCheck } from './sections/checks.ts';
export type { Docker, DockerImage, DockerVolume } from './sections/environment/docker.ts';
export type { Environment, Instance } from './sections/environment/environment.ts';
export type {
  CommandGate,
  GateConfig,
  GateRules,
  PrometheusGate,
  WebhookGate,
} from './sections/canary/gates.ts';
export type { HealthConfig, HealthProbe } from './sections/environment/health.ts';
export type { Hook, Hooks } from './sections/environment/hooks.ts';
export type { CircuitConfig, Hardening, Limits } from './sections/traffic/limits.ts';
export type { Rollout } from './sections/environment/rollout.ts';
export type { Service } from './sections/environment/service.ts';
export type { SshConfig } from './sections/ssh.ts';
export type { StoreConfig } from './sections/store/store.ts';
export type { Address, TrafficConfig } from './sections/traffic/traffic.ts';
export type { EscalationLevel } from './sections/escalation.ts';
export type { MailConfig, MessagesConfig, TwilioConfig, WebhookConfig } from './sections/messages.ts';
export type { MessageBudget, Person, QuietHours } from './sections/people.ts';
export type { MetricName, WatchCondition } from './sections/watch/conditions.ts';
export type { WatchReaction, WatchRule } from './sections/watch/rules.ts';
export type { WatchSubject } from './rules/subjects.ts';
export type { TargetProbe, WatchTarget } from './sections/watch/targets.ts';
export type { WatchConfig } from './sections/watch/watch.ts';
