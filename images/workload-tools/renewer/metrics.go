package main

import (
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// measures tells Prometheus of the certificate as it is when asked. Nothing is told of a certificate that is not there.
type measures struct {
	renewer                                           *renewer
	notAfter, lifetime, remaining, renewals, failures *prometheus.Desc
}

func metricsHandler(r *renewer) http.Handler {
	labels := prometheus.Labels{"workload": r.config.Workload, "identity": r.config.Names.first()}
	describe := func(name, help string, variable ...string) *prometheus.Desc {
		return prometheus.NewDesc(name, help, variable, labels)
	}
	registry := prometheus.NewRegistry()
	registry.MustRegister(&measures{
		renewer:   r,
		notAfter:  describe("zt_certificate_not_after_timestamp_seconds", "When the current certificate ends, in seconds since 1970."),
		lifetime:  describe("zt_certificate_lifetime_seconds", "From the issue of the current certificate to its end."),
		remaining: describe("zt_certificate_remaining_seconds", "Until the current certificate ends; negative after that."),
		renewals:  describe("zt_certificate_renewals_total", "Certificates published since the renewer started.", "how"),
		failures:  describe("zt_certificate_renewal_failures_total", "Attempts since the renewer started that got none."),
	})
	return promhttp.HandlerFor(registry, promhttp.HandlerOpts{DisableCompression: true})
}

func (m *measures) Describe(out chan<- *prometheus.Desc) {
	for _, one := range []*prometheus.Desc{m.notAfter, m.lifetime, m.remaining, m.renewals, m.failures} {
		out <- one
	}
}

func (m *measures) Collect(out chan<- prometheus.Metric) {
	r := m.renewer
	r.mu.Lock()
	defer r.mu.Unlock()
	gauge := func(what *prometheus.Desc, value float64) {
		out <- prometheus.MustNewConstMetric(what, prometheus.GaugeValue, value)
	}
	if r.current != nil {
		gauge(m.notAfter, float64(r.life.ends.Unix()))
		gauge(m.lifetime, r.life.length().Seconds())
		gauge(m.remaining, r.life.remaining(r.now()).Seconds())
	}
	for _, how := range []string{byRekey, byEnrolment} {
		out <- prometheus.MustNewConstMetric(m.renewals, prometheus.CounterValue, float64(r.successes[how]), how)
	}
	out <- prometheus.MustNewConstMetric(m.failures, prometheus.CounterValue, float64(r.failures))
}
