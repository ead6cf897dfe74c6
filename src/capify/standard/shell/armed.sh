# A process that is ready before it is needed: it switches when it is told to, and lets the lock go when it is told to.
enter
say armed "$release"
while read -r order settled; do
    case $order in
    flip) publish ;;
    close) close_all "$settled" ;;
    esac
done
