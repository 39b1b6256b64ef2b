# For those who type `make`; the tasks live in deno.json. Needs Node with npm, and nothing else.
TASK := npx -y deno@2.9.6 task

.PHONY: start stop status test

# Does nothing if the stack is up.
start:
	@$(TASK) dev:up

stop:
	@$(TASK) dev:down

status:
	@$(TASK) dev:status

test:
	@$(TASK) test
