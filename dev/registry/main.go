// Command ociregistry serves an OCI registry from memory, for tests and development: what is pushed is lost when it ends.
// It has what docker-registry lacks: the referrers API, OCI-Subject, and deleting of tags.
// The first line of its output is the address it listens on.
package main

import (
	"crypto/subtle"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"

	"cuelabs.dev/go/oci/ociregistry/ocimem"
	"cuelabs.dev/go/oci/ociregistry/ociserver"
)

func main() {
	address := flag.String("addr", "127.0.0.1:0", "address to listen on")
	user := flag.String("user", "", "user name for basic authentication; everybody may do everything when empty")
	password := flag.String("password", "", "password for basic authentication")
	flag.Parse()

	listener, err := net.Listen("tcp", *address)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(listener.Addr())
	log.Fatal(http.Serve(listener, guard(*user, *password, ociserver.New(ocimem.New(), nil))))
}

func guard(user, password string, next http.Handler) http.Handler {
	if user == "" {
		return next
	}
	return http.HandlerFunc(func(response http.ResponseWriter, request *http.Request) {
		givenUser, givenPassword, _ := request.BasicAuth()
		sameUser := subtle.ConstantTimeCompare([]byte(givenUser), []byte(user))
		samePassword := subtle.ConstantTimeCompare([]byte(givenPassword), []byte(password))
		if sameUser&samePassword == 1 {
			next.ServeHTTP(response, request)
			return
		}
		response.Header().Set("WWW-Authenticate", `Basic realm="test"`)
		response.Header().Set("Content-Type", "application/json")
		response.WriteHeader(http.StatusUnauthorized)
		fmt.Fprint(response, `{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}`)
	})
}
