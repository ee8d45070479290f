package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"flag"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// runCerts makes every key and certificate that one control plane needs:
//
//	certs --dir DIR [--user NAME[,GROUP...]]...
//
// In DIR: ca.crt (signs the serving certificate), server.crt/.key, client-ca.crt, <NAME>.crt/.key for
// each user (subject CN=NAME, O=GROUP), service-account.key/.pub. The two authorities are different, so
// that a client which trusts the wrong one is found out. The keys of the authorities are not written.
func runCerts() int {
	flags := flag.NewFlagSet("certs", flag.ExitOnError)
	dir := flags.String("dir", "", "folder to write to")
	var users []string
	flags.Func("user", "a client certificate for NAME[,GROUP...] (repeatable)", func(value string) error {
		users = append(users, value)
		return nil
	})
	_ = flags.Parse(os.Args[1:])
	if err := writeCerts(*dir, users); err != nil {
		fmt.Fprintf(os.Stderr, "Cannot make certificates: %v\n", err)
		return 1
	}
	return 0
}

func writeCerts(dir string, users []string) error {
	if dir == "" {
		return fmt.Errorf("--dir is not given")
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	serving, err := newAuthority("orkestra-test-serving-ca")
	if err != nil {
		return err
	}
	if err := writePEM(filepath.Join(dir, "ca.crt"), "CERTIFICATE", serving.certificate.Raw); err != nil {
		return err
	}
	if err := serving.issue(filepath.Join(dir, "server"), servingTemplate()); err != nil {
		return err
	}
	clients, err := newAuthority("orkestra-test-client-ca")
	if err != nil {
		return err
	}
	if err := writePEM(filepath.Join(dir, "client-ca.crt"), "CERTIFICATE", clients.certificate.Raw); err != nil {
		return err
	}
	for _, user := range users {
		parts := strings.Split(user, ",")
		if err := clients.issue(filepath.Join(dir, fileName(parts[0])), userTemplate(parts[0], parts[1:])); err != nil {
			return err
		}
	}
	return writeServiceAccountKey(dir)
}

// fileName keeps "system:kube-scheduler" legal on every file system.
func fileName(user string) string { return strings.ReplaceAll(user, ":", "-") }

type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

func newAuthority(name string) (*authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := newTemplate(pkix.Name{CommonName: name})
	template.IsCA = true
	template.BasicConstraintsValid = true
	template.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature
	raw, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, err
	}
	certificate, err := x509.ParseCertificate(raw)
	return &authority{certificate, key}, err
}

// issue writes path.crt and path.key.
func (a *authority) issue(path string, template *x509.Certificate) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	raw, err := x509.CreateCertificate(rand.Reader, template, a.certificate, key.Public(), a.key)
	if err != nil {
		return err
	}
	if err := writePEM(path+".crt", "CERTIFICATE", raw); err != nil {
		return err
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	return writePEM(path+".key", "PRIVATE KEY", private)
}

func newTemplate(subject pkix.Name) *x509.Certificate {
	serial, _ := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	return &x509.Certificate{
		SerialNumber: serial,
		Subject:      subject,
		NotBefore:    time.Now().Add(-time.Hour), // clocks of containers differ
		NotAfter:     time.Now().Add(365 * 24 * time.Hour),
		KeyUsage:     x509.KeyUsageDigitalSignature,
	}
}

func servingTemplate() *x509.Certificate {
	template := newTemplate(pkix.Name{CommonName: "kube-apiserver"})
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	template.DNSNames = []string{"localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc"}
	template.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1), net.IPv4(10, 0, 0, 1)} // 10.0.0.1: the service "kubernetes"
	return template
}

func userTemplate(name string, groups []string) *x509.Certificate {
	template := newTemplate(pkix.Name{CommonName: name, Organization: groups})
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	return template
}

func writeServiceAccountKey(dir string) error {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return err
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	if err := writePEM(filepath.Join(dir, "service-account.key"), "PRIVATE KEY", private); err != nil {
		return err
	}
	public, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		return err
	}
	return writePEM(filepath.Join(dir, "service-account.pub"), "PUBLIC KEY", public)
}

func writePEM(path, kind string, raw []byte) error {
	return os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: raw}), 0o600)
}
