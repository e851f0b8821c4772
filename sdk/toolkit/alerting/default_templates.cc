// SPDX-License-Identifier: Apache-2.0
#include "default_templates.h"

namespace kvs::alerting {
namespace {

// Three ways of listing alerts, for services that show texts as they are (and count blanks), for
// those that do not mind, and for those that read Markdown.
constexpr std::string_view kTemplates = R"tmpl(
{{- define "__alertmanager" }}Alertmanager{{ end }}
{{- define "__alertmanagerURL" }}{{ .ExternalURL }}/#/alerts?receiver={{ urlquery .Receiver }}{{ end }}
{{- define "__subject" }}[{{ toUpper .Status }}
  {{- if eq "firing" .Status }}:{{ len .Alerts.Firing }}{{ end }}] {{ join " " .GroupLabels.SortedPairs.Values }} {{ "" }}
  {{- if lt (len .GroupLabels) (len .CommonLabels) }}({{ join " " (.CommonLabels.Remove .GroupLabels.Names).Values }}){{ end }}
{{- end }}
{{- define "__description" }}{{ end }}
{{- define "__values" }}{{ join " " .CommonAnnotations.SortedPairs.Values }}{{ end }}

{{- define "__pairs" }}{{ range .SortedPairs }} - {{ .Name }} = {{ .Value }}
{{ end }}{{ end }}
{{- define "__text_alert_list" }}{{ range . }}Labels:
{{ template "__pairs" .Labels }}Annotations:
{{ template "__pairs" .Annotations }}Source: {{ .GeneratorURL }}
{{ end }}{{ end }}
{{- define "__pairs_markdown" }}{{ range .SortedPairs }}  - {{ .Name }} = {{ .Value }}
{{ end }}{{ end }}
{{- define "__text_alert_list_markdown" }}{{ range . }}
Labels:
{{ template "__pairs_markdown" .Labels }}
Annotations:
{{ template "__pairs_markdown" .Annotations }}
Source: {{ .GeneratorURL }}
{{ end }}
{{ end }}

{{- define "__close_lists" }}{{ template "__values" . }}
{{ with .Alerts.Firing }}Alerts Firing:
{{ template "__text_alert_list" . }}{{ end }}
{{ with .Alerts.Resolved }}Alerts Resolved:
{{ template "__text_alert_list" . }}{{ end }}
{{- end }}
{{- define "__wide_lists" }}
{{ with .Alerts.Firing }}
Alerts Firing:
{{ template "__text_alert_list" . }}
{{ end }}
{{ with .Alerts.Resolved }}
Alerts Resolved:
{{ template "__text_alert_list" . }}
{{ end }}
{{ end }}
{{- define "__markdown_lists" }}
{{ with .Alerts.Firing }}
# Alerts Firing:
{{ template "__text_alert_list_markdown" . }}
{{ end }}
{{ with .Alerts.Resolved }}
# Alerts Resolved:
{{ template "__text_alert_list_markdown" . }}
{{ end }}
{{ end }}

{{- define "slack.default.title" }}{{ template "__subject" . }}{{ end }}
{{- define "slack.default.username" }}{{ template "__alertmanager" . }}{{ end }}
{{- define "slack.default.titlelink" }}{{ template "__alertmanagerURL" . }}{{ end }}
{{- define "slack.default.fallback" }}{{ template "__subject" . }} | {{ template "__alertmanagerURL" . }}{{ end }}
{{- define "slack.default.color" }}{{ if eq "firing" .Status }}danger{{ else }}good{{ end }}{{ end }}
{{- define "slack.default.callbackid" }}{{ end }}
{{- define "slack.default.pretext" }}{{ end }}
{{- define "slack.default.iconemoji" }}{{ end }}
{{- define "slack.default.iconurl" }}{{ end }}
{{- define "slack.default.text" }}{{ end }}
{{- define "slack.default.footer" }}{{ end }}

{{- define "pagerduty.default.description" }}{{ template "__subject" . }}{{ end }}
{{- define "pagerduty.default.client" }}{{ template "__alertmanager" . }}{{ end }}
{{- define "pagerduty.default.clientURL" }}{{ template "__alertmanagerURL" . }}{{ end }}
{{- define "pagerduty.default.instances" }}{{ template "__text_alert_list" . }}{{ end }}

{{- define "opsgenie.default.message" }}{{ template "__subject" . }}{{ end }}
{{- define "opsgenie.default.description" }}{{ template "__close_lists" . }}{{ end }}
{{- define "opsgenie.default.source" }}{{ template "__alertmanagerURL" . }}{{ end }}

{{- define "wechat.default.message" }}{{ template "__subject" . }}
{{ template "__close_lists" . }}
AlertmanagerUrl:
{{ template "__alertmanagerURL" . }}
{{- end }}
{{- define "wechat.default.to_user" }}{{ end }}
{{- define "wechat.default.to_party" }}{{ end }}
{{- define "wechat.default.to_tag" }}{{ end }}
{{- define "wechat.default.agent_id" }}{{ end }}

{{- define "victorops.default.state_message" }}{{ template "__close_lists" . }}{{ end }}
{{- define "victorops.default.entity_display_name" }}{{ template "__subject" . }}{{ end }}
{{- define "victorops.default.monitoring_tool" }}{{ template "__alertmanager" . }}{{ end }}

{{- define "pushover.default.title" }}{{ template "__subject" . }}{{ end }}
{{- define "pushover.default.message" }}{{ template "__values" . }}{{ template "__wide_lists" . }}{{ end }}
{{- define "pushover.default.url" }}{{ template "__alertmanagerURL" . }}{{ end }}

{{- define "sns.default.subject" }}{{ template "__subject" . }}{{ end }}
{{- define "sns.default.message" }}{{ template "__values" . }}{{ template "__wide_lists" . }}{{ end }}

{{- define "telegram.default.message" }}{{ template "__wide_lists" . }}{{ end }}

{{- define "discord.default.content" }}{{ end }}
{{- define "discord.default.title" }}{{ template "__subject" . }}{{ end }}
{{- define "discord.default.message" }}{{ template "__wide_lists" . }}{{ end }}

{{- define "webex.default.message" }}{{ template "__values" . }}{{ template "__wide_lists" . }}{{ end }}

{{- define "msteams.default.summary" }}{{ template "__subject" . }}{{ end }}
{{- define "msteams.default.title" }}{{ template "__subject" . }}{{ end }}
{{- define "msteams.default.text" }}{{ template "__markdown_lists" . }}{{ end }}

{{- define "msteamsv2.default.title" }}{{ template "__subject" . }}{{ end }}
{{- define "msteamsv2.default.text" }}{{ template "__markdown_lists" . }}{{ end }}
)tmpl";

// Styles stand in the elements, since readers of mail drop style sheets.
constexpr std::string_view kMail = R"tmpl(
{{- define "email.default.subject" }}{{ template "__subject" . }}{{ end }}
{{- define "__mail_pairs" }}
{{- range .SortedPairs }}<tr><td style="color:#666;padding:2px 12px 2px 0;vertical-align:top">{{ .Name }}</td><td style="padding:2px 0">{{ .Value }}</td></tr>
{{ end }}{{ end }}
{{- define "__mail_alert" }}<table style="border-collapse:collapse;margin:0 0 16px;width:100%">
<tr><th colspan="2" style="text-align:left;padding:8px 0 2px">Labels</th></tr>
{{ template "__mail_pairs" .Labels }}
{{- if .Annotations }}<tr><th colspan="2" style="text-align:left;padding:8px 0 2px">Annotations</th></tr>
{{ template "__mail_pairs" .Annotations }}{{ end -}}
{{ if .GeneratorURL }}<tr><td colspan="2" style="padding:4px 0;border-bottom:1px solid #ddd"><a href="{{ .GeneratorURL }}">Source</a></td></tr>
{{ end }}</table>
{{ end }}
{{- define "email.default.html" }}<!DOCTYPE html>
<html>
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{{ template "__subject" . }}</title>
</head>
<body style="margin:0;background:#f4f4f4;font:14px/1.5 sans-serif;color:#222">
<div style="max-width:640px;margin:16px auto;background:#fff">
{{ if .Alerts.Firing }}<div style="background:#c4361d;color:#fff;padding:16px">{{ else }}<div style="background:#3d7d0b;color:#fff;padding:16px">{{ end }}
{{ len .Alerts }} alert{{ if gt (len .Alerts) 1 }}s{{ end }} for {{ range .GroupLabels.SortedPairs }}{{ .Name }}={{ .Value }} {{ end }}
</div>
<div style="padding:16px">
<p><a href="{{ template "__alertmanagerURL" . }}">View in {{ template "__alertmanager" . }}</a></p>
{{ with .Alerts.Firing }}<h3>[{{ len . }}] Firing</h3>
{{ range . }}{{ template "__mail_alert" . }}{{ end }}{{ end }}
{{- with .Alerts.Resolved }}<h3>[{{ len . }}] Resolved</h3>
{{ range . }}{{ template "__mail_alert" . }}{{ end }}{{ end }}
</div>
<p style="padding:0 16px 16px;color:#666">Sent by <a href="{{ .ExternalURL }}">{{ template "__alertmanager" . }}</a></p>
</div>
</body>
</html>
{{ end }}
)tmpl";

}  // namespace

std::string_view DefaultTemplates() {
  return kTemplates;
}

std::string_view DefaultMail() {
  return kMail;
}

}  // namespace kvs::alerting
